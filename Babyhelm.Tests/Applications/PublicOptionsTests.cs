using System.ComponentModel.DataAnnotations;
using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Applications;

/// <summary>Applications and Babyhelm itself must not share cookies.</summary>
public sealed class PublicOptionsTests
{
    [Theory]
    [InlineData("http://localhost:5080", "http://apps.localhost:5080", true)]
    [InlineData("https://example.com", "https://apps.example.com", true)]
    [InlineData("https://babyhelm.example.com", "https://apps.example.com", true)]
    [InlineData("https://myapps.example.com", "https://apps.example.com", true)]
    [InlineData("https://example.com", "https://example.com", false)]
    [InlineData("https://example.com", "https://example.com:8443", false)]
    [InlineData("https://console.example.com", "https://example.com", false)]
    [InlineData("https://console.apps.example.com", "https://APPS.example.com", false)]
    [InlineData("https://example.com/path", "https://apps.example.com", false)]
    public void The_own_host_is_neither_the_applications_parent_nor_below_it(string own, string apps, bool good)
    {
        var options = new PublicOptions { Url = new Uri(own), AppsUrl = new Uri(apps) };
        var faults = new List<ValidationResult>();
        Assert.Equal(good, Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true));
        Assert.Equal(good, faults.Count == 0);
        Assert.All(faults, f => Assert.StartsWith("Public:Url must", f.ErrorMessage, StringComparison.Ordinal));
    }
}
