using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Deploys another image of an application with everything else as it is.</summary>
/// <param name="deploy">The command, for the image given.</param>
public sealed class RedeployModel(Func<string, Task<Result<Deployed>>> deploy)
{
    private string _current = "";
    private bool _touched;

    public string Image { get; private set; } = "";

    public string? Problem { get; private set; }

    public bool Busy { get; private set; }

    /// <summary>The image that runs now; what a person is typing stays.</summary>
    public void Follow(string current)
    {
        _current = current;
        if (!_touched) Image = current;
    }

    public void Type(string? image)
    {
        Image = image ?? "";
        _touched = Image != _current;
        Problem = null;
    }

    public async Task<Deployed?> SubmitAsync()
    {
        if (Busy) return null;
        Problem = ImageReference.Parse(Image.Trim()).Error?.Message;
        if (Problem is not null) return null;
        Busy = true;
        try
        {
            if (!(await CommandAttempt.ResultAsync(() => deploy(Image.Trim()))).Ok(out var deployed, out var error))
            {
                Problem = error.Message;
                return null;
            }
            _touched = false;
            return deployed;
        }
        finally
        {
            Busy = false;
        }
    }
}
