using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Monitoring.Alerts;

internal static class AlertServices
{
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddOptions<AlertOptions>().BindConfiguration("Alerts").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<AlertRules>();
        services.AddSingleton<AlertQueries>();
        services.AddSingleton<AlertTimings>();
        services.AddSingleton<Silences>();
        services.AddSingleton<ChannelSecrets>();
        services.AddSingleton<ChannelSender>();
        services.AddSingleton(p => new AlertChannels(p.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>(), p.GetRequiredService<ChannelSecrets>(), p.GetRequiredService<ChannelSender>(),
            p.GetRequiredService<Notifier>(), p.GetRequiredService<Outbox>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Notifier>();
        services.AddSingleton<CertificateDates>();
        services.AddSingleton<ClusterLook>();
        services.AddSingleton<Baselines>();
        services.AddSingleton<PrometheusLook>();
        services.AddSingleton<EvaluateAlerts>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<EvaluateAlerts>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<EvaluateAlerts>());
        services.AddSingleton<DeliverAlerts>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<DeliverAlerts>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<DeliverAlerts>());
        return services;
    }
}
